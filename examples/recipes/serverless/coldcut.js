// Cuts each package of Python once it is whole, and before Serverless takes its hash.
const { execFileSync } = require("child_process");
const { renameSync } = require("fs");

module.exports = class Coldcut {
  constructor(serverless) {
    this.hooks = {
      "after:package:createDeploymentArtifacts": () => {
        const { service } = serverless;
        const functions = service.getAllFunctions().map((name) => service.getFunction(name));
        const zips = functions
          .filter((f) => (f.runtime || service.provider.runtime || "").startsWith("python"))
          .map((f) => (f.package && f.package.artifact) || (service.package && service.package.artifact))
          .filter(Boolean);
        for (const zip of new Set(zips)) {
          const slim = zip.replace(/\.zip$/, ".slim.zip");
          execFileSync("coldcut", ["slim", zip, "-o", slim, "--lock=coldcut.lock"], {
            cwd: serverless.serviceDir,
            stdio: "inherit",
          });
          renameSync(slim, zip);
        }
      },
    };
  }
};
