"""CloudFormation's own functions, in the form that every reader of YAML reads.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import Any

Value = dict[str, Any]


def ref(name: str) -> Value:
    """A parameter's value, or a resource's own identifier."""
    return {"Ref": name}


def attribute(resource: str, name: str) -> Value:
    """Something that is known of a resource once it is there."""
    return {"Fn::GetAtt": [resource, name]}


def substituted(text: str) -> Value:
    """Text in which `${NAME}` is replaced."""
    return {"Fn::Sub": text}


def encoded(value: Value) -> Value:
    """In Base64."""
    return {"Fn::Base64": value}
