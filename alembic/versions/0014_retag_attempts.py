"""how often it was tried to tag an article anew, and that it failed

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('item', sa.Column('retag_attempts', sa.Integer(), server_default='0', nullable=False))
    op.drop_constraint('retag_known', 'item', type_='check')
    op.create_check_constraint('retag_known', 'item', "retag IN ('', 'quiet', 'ring', 'failed')")


def downgrade() -> None:
    op.execute("UPDATE item SET retag = '' WHERE retag = 'failed'")
    op.drop_constraint('retag_known', 'item', type_='check')
    op.create_check_constraint('retag_known', 'item', "retag IN ('', 'quiet', 'ring')")
    op.drop_column('item', 'retag_attempts')
