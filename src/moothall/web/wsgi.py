"""For gunicorn. DJANGO_SETTINGS_MODULE names the settings; there is no default, so that nobody runs the demo by mistake."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
