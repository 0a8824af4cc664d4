"""what a receiver answered to an attempt

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('attempt', sa.Column('status', sa.Integer(), nullable=True))
    op.add_column('attempt', sa.Column('answer', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('attempt', 'answer')
    op.drop_column('attempt', 'status')
