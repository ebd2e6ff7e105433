// Only people on this list may have the model.
var ADMITTED = ["demo-uploader", "demo-reviewer"];

function validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH) {
  if (ADMITTED.indexOf(DOWNLOADER) >= 0) {
    return { approved: true };
  }
  return { approved: false, reason: "Ask " + UPLOADER + " to put you on the list for " + MODEL_NAME + "." };
}
