"""how many workers have died over an item

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('item', sa.Column('deaths', sa.Integer(), server_default=sa.text('0'), nullable=False))


def downgrade() -> None:
    op.drop_column('item', 'deaths')
