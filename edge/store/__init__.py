"""The one database of the home: an SQLite file, one thread, every commit synced."""
