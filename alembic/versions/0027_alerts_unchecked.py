"""an alert names its item and story unchecked, as a match does

Revision ID: 0027
Revises: 0026
"""

from alembic import op
revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint('alert_item_id_fkey', 'alert', type_='foreignkey')
    op.drop_constraint('alert_story_id_fkey', 'alert', type_='foreignkey')


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE item_id NOT IN (SELECT id FROM item)"
               " OR story_id NOT IN (SELECT id FROM story)")
    op.create_foreign_key('alert_story_id_fkey', 'alert', 'story', ['story_id'], ['id'],
                          ondelete='CASCADE')
    op.create_foreign_key('alert_item_id_fkey', 'alert', 'item', ['item_id'], ['id'],
                          ondelete='CASCADE')
