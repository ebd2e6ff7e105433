from django.urls import path

from accounts_app.api import views
from accounts_app.api.sessions import SessionView

urlpatterns = [
    path("authenticate", views.AuthenticateView.as_view(), name="authenticate"),
    path("session", SessionView.as_view(), name="session"),
    path("user", views.RegisterView.as_view(), name="user-create"),
    path("user/register", views.RegisterView.as_view(), name="user-register"),
    path("user/me", views.MeView.as_view(), name="me"),
    path("users", views.UsersView.as_view(), name="users"),
    path("user/<uuid:user_id>", views.UserView.as_view(), name="user"),
    path("user/<uuid:user_id>/permissions", views.PermissionsView.as_view(), name="user-permissions"),
]
