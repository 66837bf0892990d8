"""How Alembic reaches the database: by the URL that `models.session` hands over."""

from alembic import context
from sqlalchemy import create_engine, pool

from models.tables import metadata


def _run() -> None:
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
