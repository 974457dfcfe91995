"""The door: a WSGI server takes `app:app`; `python app.py` starts Flask's development server."""

import os
from pathlib import Path

from dotenv import load_dotenv

from hello import create_app

load_dotenv(Path(__file__).with_name(".env"))
app = create_app(os.environ)

if __name__ == "__main__":
    if os.environ.get("FLASK_ENV") == "production":
        print("Running in production mode...")
    else:
        print("Running in development mode...", flush=True)
        app.run(host="0.0.0.0", port=5001, load_dotenv=False)
