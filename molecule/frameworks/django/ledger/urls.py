"""Which path leads to which view."""

from django.urls import path

from ledger import views

urlpatterns = [
    path("", views.page),
    path("status", views.status),
    path("tell", views.tell),
    path("slow", views.slow),
    path("entries", views.enter),
    path("download", views.download),
    path("upload", views.upload),
]
