"""Settings; what differs between places comes from the environment."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).parents[1]

# Without one, as for collectstatic, a key that nothing is signed with
SECRET_KEY = os.environ.get("SECRET_KEY", "only for commands")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split(",")
ROOT_URLCONF = "ledger.urls"
WSGI_APPLICATION = "ledger.wsgi.application"
INSTALLED_APPS = ["django.contrib.staticfiles", "ledger"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
USE_TZ = True

# The balancers set this header, and drop what a visitor says in it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# `python manage.py collectstatic` fills this folder: the app's `build`
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
