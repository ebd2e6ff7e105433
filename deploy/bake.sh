#!/usr/bin/env bash
# Makes the machine image of a release and prints its number: deploy/bake.sh STAGE RELEASE.tar.gz BUCKET
# Needs the rights of the stack "delivery", and the region's default network (one with a way out).
set -euo pipefail
stage=$1 release=$2 bucket=$3
region=${AWS_REGION:?set AWS_REGION}
key="releases/$(basename "$release")"

aws s3 cp --only-show-errors "$release" "s3://$bucket/$key"
sha256=$(sha256sum "$release" | cut -d ' ' -f 1)
url=$(aws s3 presign --expires-in 3600 "s3://$bucket/$key")

recipe=$(mktemp)
instance=
finish() {
    rm -f "$recipe"
    [ -z "$instance" ] || aws ec2 terminate-instances --instance-ids "$instance" >/dev/null
}
trap finish EXIT
# In Python, since a presigned URL holds every character that sed and the shell take for something else.
URL=$url SHA256=$sha256 REGION=$region python3 -c '
import os, sys
recipe = sys.stdin.read()
for mark, name in (("@RELEASE_URL@", "URL"), ("@RELEASE_SHA256@", "SHA256"), ("@REGION@", "REGION")):
    recipe = recipe.replace(mark, os.environ[name])
sys.stdout.write(recipe)' <"$(dirname "$0")/cloud-init.yaml" >"$recipe"

debian=$(aws ssm get-parameter --name /aws/service/debian/release/12/latest/amd64 --query Parameter.Value --output text)
instance=$(aws ec2 run-instances --image-id "$debian" --instance-type t3.small --user-data "file://$recipe" \
    --metadata-options HttpTokens=required --instance-initiated-shutdown-behavior stop \
    --block-device-mappings 'DeviceName=/dev/xvda,Ebs={VolumeType=gp3,VolumeSize=8,Encrypted=true}' \
    --tag-specifications "ResourceType=instance,Tags=[{Key=registry,Value=$stage-image},{Key=Name,Value=registry-image}]" \
    --query 'Instances[0].InstanceId' --output text)
aws ec2 wait instance-running --instance-ids "$instance"
aws ec2 wait instance-stopped --instance-ids "$instance" # ten minutes; fails where the recipe did
image=$(aws ec2 create-image --instance-id "$instance" --name "registry-$stage-$(basename "$release" .tar.gz)-$(date -u +%Y%m%d%H%M%S)" \
    --tag-specifications "ResourceType=image,Tags=[{Key=registry,Value=$stage}]" --query ImageId --output text)
aws ec2 wait image-available --image-ids "$image"
echo "$image"
