"""what readers of mails stopped, and deliveries that are not sent for it

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

BEFORE = "'pending', 'sent', 'dead'"


def upgrade() -> None:
    op.create_table('unsubscription',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('list_name', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'list_name')
    )
    op.drop_constraint('state_known', 'delivery', type_='check')
    op.create_check_constraint('state_known', 'delivery', f"state IN ({BEFORE}, 'unsubscribed')")


def downgrade() -> None:
    op.execute("UPDATE delivery SET state = 'dead' WHERE state = 'unsubscribed'")
    op.drop_constraint('state_known', 'delivery', type_='check')
    op.create_check_constraint('state_known', 'delivery', f'state IN ({BEFORE})')
    op.drop_table('unsubscription')
