# ruleid: marked-safe
from django.utils.safestring import mark_safe
from psycopg.sql import SQL, Identifier
from django.utils.html import format_html
from django.db.models.expressions import RawSQL
from django.views.decorators.csrf import csrf_exempt

# ruleid: undeclared-permission
from rest_framework.permissions import AllowAny

# ruleid: text-is-run
import pickle

# ok: text-is-run
import pickletools

# ok: format-html-of-a-variable
format_html("<b>{}</b>", text)
# ruleid: format-html-of-a-variable
format_html(text)
# ruleid: format-html-of-a-variable
format_html(f"<b>{text}</b>")

# ruleid: unprotected-session
view = csrf_exempt(view)


# ruleid: unprotected-session
@csrf_exempt
def view(request): ...


# ruleid: text-is-run
eval(text)
# ok: text-is-run
regex.evaluate(text)
# ruleid: text-is-run
subprocess.run(command, shell=True)
# ok: text-is-run
subprocess.run(command)

# ruleid: sql-put-together
cursor.execute(f"SELECT {column}")
# ruleid: sql-put-together
cursor.execute("SELECT %s" % column)
# ruleid: sql-put-together
cursor.execute("SELECT {}".format(column))
# ruleid: sql-put-together
cursor.execute("SELECT " + column)
# ruleid: sql-put-together
cursor.executemany("SELECT " + column, rows)
# ruleid: sql-put-together
Package.objects.raw(f"SELECT {column}")
# ok: sql-put-together
cursor.execute("SELECT %s", [column])
# ok: sql-put-together
cursor.execute(SQL("SELECT {}").format(Identifier(column)))
# ok: sql-put-together
cursor.execute(_STATEMENT + _ORDER, [column])
# ok: sql-put-together
cursor.execute(statement)

# ruleid: raw-sql-in-a-query
rows.filter().extra(where=[condition])
# ruleid: raw-sql-in-a-query
RawSQL(condition, [])
# ok: raw-sql-in-a-query
rows.extend(extra)
