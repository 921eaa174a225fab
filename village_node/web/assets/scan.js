// Read a printed code with the camera, where the browser itself can read codes.  Everywhere else the button stays away,
// and a photograph is sent to the desk, which reads it.  The camera's picture never leaves the page.
"use strict";
(async () => {
  const button = document.querySelector("[data-scan]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const box = document.querySelector(button.dataset.scan);
  const video = document.querySelector("[data-scan-video]");
  const denied = document.querySelector("[data-scan-denied]");
  let stream = null;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    button.setAttribute("aria-pressed", "false");
  };
  const look = async () => {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    const code = found.map((one) => one.rawValue).find((text) => text.toUpperCase().startsWith("KMPS:"));
    if (!code) { setTimeout(look, 200); return; }
    stop();
    box.value = code;
    box.form.requestSubmit();
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (stream) { stop(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch {
      denied.hidden = false;
      return;
    }
    button.setAttribute("aria-pressed", "true");
    video.srcObject = stream;
    video.hidden = false;
    video.play().catch(() => {});
    look();
  });
  addEventListener("pagehide", stop);
})();
