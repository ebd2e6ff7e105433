#!/usr/bin/env bash
# Brings one stack up to date by a change set, shown before it is executed: deploy/stack.sh NAME [Parameter=value ...]
# Refuses a change set that would replace or remove what holds data, unless ALLOW_REPLACEMENT=yes says so.
set -euo pipefail
name=$1
shift
stack="registry-${STAGE:?set STAGE}-$name"
template=$(dirname "$0")/stacks/$name.yaml
changes="$stack-$(date -u +%Y%m%d%H%M%S)"
parameters=("ParameterKey=Stage,ParameterValue=$STAGE")
for given in "$@"; do
    parameters+=("ParameterKey=${given%%=*},ParameterValue=${given#*=}")
done

kind=UPDATE
status=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text 2>/dev/null || true)
case $status in "" | REVIEW_IN_PROGRESS) kind=CREATE ;; esac
if [ $kind = UPDATE ]; then # what isn't given stays as it is
    wanted=$(aws cloudformation get-template-summary --template-body "file://$template" --query 'Parameters[].ParameterKey' --output text)
    held=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Parameters[].ParameterKey' --output text)
    for key in $wanted; do
        case " Stage $* " in *" $key "* | *" $key="*) continue ;; esac
        case " ${held//$'\t'/ } " in *" $key "*) parameters+=("ParameterKey=$key,UsePreviousValue=true") ;; esac
    done
fi
aws cloudformation create-change-set --stack-name "$stack" --change-set-name "$changes" --change-set-type "$kind" \
    --template-body "file://$template" --parameters "${parameters[@]}" \
    --capabilities CAPABILITY_NAMED_IAM --role-arn "${BUILDER_ARN:?set BUILDER_ARN}" --tags "Key=registry,Value=$STAGE" >/dev/null
if ! aws cloudformation wait change-set-create-complete --stack-name "$stack" --change-set-name "$changes" 2>/dev/null; then
    reason=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$changes" --query StatusReason --output text)
    aws cloudformation delete-change-set --stack-name "$stack" --change-set-name "$changes"
    case $reason in
        *"didn't contain changes"* | *"No updates are to be performed"*) echo "$stack: nothing to do" && exit 0 ;;
    esac
    echo "$stack: $reason" >&2
    exit 1
fi

shown=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$changes" --output json \
    --query 'Changes[].ResourceChange.{action:Action,name:LogicalResourceId,type:ResourceType,replacement:Replacement}')
jq -r --arg stack "$stack" '.[] | "\($stack): \(.action) \(.name) (\(.type)) replacement: \(.replacement // "-")"' <<<"$shown"
lost=$(jq -r '.[] | select(.type | IN("AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"))
    | select(.action == "Remove" or (.action == "Modify" and .replacement != "False")) | .name' <<<"$shown")
if [ -n "$lost" ] && [ "${ALLOW_REPLACEMENT:-no}" != yes ]; then
    echo "$stack: the change would replace or remove $lost; set ALLOW_REPLACEMENT=yes if that is meant." >&2
    exit 1
fi
aws cloudformation execute-change-set --stack-name "$stack" --change-set-name "$changes"
aws cloudformation wait "stack-$(tr '[:upper:]' '[:lower:]' <<<"$kind")-complete" --stack-name "$stack"
echo "$stack: done"
