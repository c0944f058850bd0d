"""Every error, expected or not, ends in the one envelope."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions

from common import errors
from common.api import exception_handler


def answer(error: Exception) -> tuple[int, dict]:
    response = exception_handler(error, {})
    return response.status_code, response.data


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.DashboardError("No."), 400, "bad_request"),
        (errors.InvalidInputError("No."), 400, "invalid"),
        (errors.NotFoundError("No."), 404, "not_found"),
        (errors.ConflictError("No."), 409, "conflict"),
        (errors.PreconditionError("No."), 412, "precondition_failed"),
        (errors.UnavailableError("No."), 503, "unavailable"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.MethodNotAllowed("POST"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (exceptions.ParseError("No."), 400, "parse_error"),
        (exceptions.Throttled(12), 429, "throttled"),
        (OperationalError("secret"), 503, "database_unavailable"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_kind_of_error_has_its_status_and_code(error, status, code):
    got, body = answer(error)
    assert got == status
    assert body["status"] == status
    assert body["code"] == code
    assert body["error"]


def test_a_code_of_its_own_and_details_are_kept():
    error = errors.ConflictError("Busy.", code="already_running", details={"training_id": ["7"]})
    assert answer(error)[1] == {
        "error": "Busy.",
        "status": 409,
        "code": "already_running",
        "details": {"training_id": ["7"]},
    }


def test_a_crash_says_nothing_of_the_internals(caplog):
    _, body = answer(RuntimeError("password=hunter2"))
    assert "hunter2" not in str(body)
    assert body["error_id"] in caplog.text
    assert "hunter2" in caplog.text  # the traceback is for the one who reads the log


def test_nested_complaints_name_position_and_field():
    detail = [{}, {"value": ["A valid number is required."]}]
    assert answer(exceptions.ValidationError(detail))[1]["details"] == {
        "[1].value": ["A valid number is required."]
    }


def test_a_throttled_caller_is_told_how_long_to_wait():
    assert exception_handler(exceptions.Throttled(12), {}).headers["Retry-After"] == "12"
