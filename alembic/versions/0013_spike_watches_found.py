"""spike watches are found without looking at all

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('watch_spike', 'watch', ['id'], unique=False,
                    postgresql_where=sa.text(r"query ~* '^\s*spike\s*\('"))


def downgrade() -> None:
    op.drop_index('watch_spike', table_name='watch')
