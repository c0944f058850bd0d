"""/sign-in and /sign-out: for people without the right to the admin, whose page is its own."""

from django.contrib.auth.views import LoginView


class SignIn(LoginView):
    """GET and POST /sign-in: name and password; leads back to where `?next=` says."""

    template_name = "accounts/sign_in.html"
