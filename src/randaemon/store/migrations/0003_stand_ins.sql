-- A reply that a lighter model gave while the one that was wanted was away serves those who waited for it, and nobody
-- who asks later; the wanted model's reply takes its place.
ALTER TABLE replies ADD COLUMN stands_in INTEGER NOT NULL DEFAULT 0;
