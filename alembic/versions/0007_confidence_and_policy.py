"""how sure mentions and matches are, how watches ring, and what is muted

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

LEVELS = "confidence IN ('certain', 'likely', 'possible')"


def upgrade() -> None:
    for table in ('mention', 'match'):
        op.add_column(table, sa.Column('confidence', sa.Text(), server_default='certain', nullable=False))
        op.create_check_constraint('confidence_known', table, LEVELS)
    op.add_column('mention', sa.Column('support', sa.Text(), server_default='', nullable=False))
    op.add_column('entity', sa.Column('unmistakable', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('watch', sa.Column('policy', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.create_table('mute',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('watch_id', sa.BigInteger(), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('watch', 'story', 'outlet', 'entity')", name='kind_known'),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('mute')
    op.drop_column('watch', 'policy')
    op.drop_column('entity', 'unmistakable')
    op.drop_column('mention', 'support')
    for table in ('match', 'mention'):
        op.drop_constraint('confidence_known', table, type_='check')
        op.drop_column(table, 'confidence')
