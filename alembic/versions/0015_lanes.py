"""paused and disabled channels, circuits of endpoints, claims of deliveries apart from attempts

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

NOW = sa.text('now()')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ('paused_at', 'paused_until', 'disabled_at'):
        op.add_column('channel', sa.Column(name, MOMENT, nullable=True))
    op.add_column('channel', sa.Column('disabled_reason', sa.Text(), server_default='', nullable=False))
    op.create_table('circuit',
    sa.Column('channel_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('opened', sa.Integer(), server_default='0', nullable=False),
    sa.Column('since', MOMENT, nullable=True),
    sa.Column('open_until', MOMENT, nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('channel_id')
    )
    op.add_column('delivery', sa.Column('claims', sa.Integer(), server_default='0', nullable=False))
    op.add_column('delivery', sa.Column('owed_at', MOMENT, server_default=NOW, nullable=False))
    op.create_index('delivery_lane', 'delivery', ['channel_id', 'next_attempt_at', 'id'],
                    postgresql_where=sa.text("state = 'pending'"))


def downgrade() -> None:
    op.drop_index('delivery_lane', 'delivery')
    op.drop_column('delivery', 'owed_at')
    op.drop_column('delivery', 'claims')
    op.drop_table('circuit')
    for name in ('disabled_reason', 'disabled_at', 'paused_until', 'paused_at'):
        op.drop_column('channel', name)
