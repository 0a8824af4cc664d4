"""which change of the watches was a watch's last

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('watch', sa.Column('version', sa.Integer(), server_default='0', nullable=False))
    op.create_index('watch_version', 'watch', ['version'], unique=False)


def downgrade() -> None:
    op.drop_index('watch_version', table_name='watch')
    op.drop_column('watch', 'version')
