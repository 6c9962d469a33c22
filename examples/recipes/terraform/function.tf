terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "role" {
  description = "the ARN of the function's role"
  type        = string
}

resource "aws_lambda_function" "orders" {
  function_name    = "orders"
  role             = var.role
  filename         = local.package
  source_code_hash = filebase64sha256(local.package)
  handler          = "app.handler"
  runtime          = "python3.13"
}
