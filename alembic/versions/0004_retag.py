"""items that are to be tagged anew, and the tagger's version

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('article', sa.Column('tagger', sa.Text(), server_default='', nullable=False))
    op.add_column('item', sa.Column('retag', sa.Text(), server_default='', nullable=False))
    op.create_index('item_retag', 'item', ['id'], unique=False, postgresql_where=sa.text("retag <> ''"))
    op.create_check_constraint('retag_known', 'item', "retag IN ('', 'quiet', 'ring')")


def downgrade() -> None:
    op.drop_constraint('retag_known', 'item', type_='check')
    op.drop_index('item_retag', table_name='item')
    op.drop_column('item', 'retag')
    op.drop_column('article', 'tagger')
