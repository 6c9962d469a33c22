locals {
  package = "${path.module}/function.zip"
}

# It changes if the package does: coldcut makes the same bytes of the same package.
output "package_hash" {
  value = filebase64sha256(local.package)
}
