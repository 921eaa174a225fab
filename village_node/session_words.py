"""Say why a sync session ended or the district said no, in the words that the officer reads.

A module of its own, so that the quick status can say them without loading the syncer.
"""

from __future__ import annotations

REASONS = {
    "done": "Sinkronisasi selesai.",
    "offline": "Kabupaten belum dapat dihubungi. Pekerjaan berjalan terus; dicoba lagi nanti.",
    "busy": "Kabupaten sedang sibuk. Dicoba lagi nanti.",
    "already-running": "Sinkronisasi lain sedang berjalan di laptop ini.",
    "locked": "Laptop ini dikunci oleh kabupaten. Kiriman tetap diterima dan diperiksa; telepon kabupaten.",
    "needs-update": "Program harus diperbarui untuk menerima data baru. Kiriman tetap jalan.",
    "held-back": "Kabupaten menahan sinkronisasi desa ini. Tidak ada yang hilang; telepon kabupaten.",
    "unfinished": "Belum selesai; dilanjutkan pada sinkronisasi berikutnya.",
}
"""By the code of a session's result."""

REFUSALS = {
    "invitation-used": "Undangan ini sudah pernah dipakai. Minta undangan baru kepada kabupaten.",
    "invitation-expired": "Undangan ini sudah kedaluwarsa. Minta undangan baru kepada kabupaten.",
    "invitation-other-village": "Undangan ini untuk desa lain. Pakai undangan desa sendiri.",
    "invitation-unknown": "Kabupaten tidak mengenal undangan ini. Periksa berkasnya, atau minta yang baru.",
    "invitation-secret": "Undangan ini rusak. Salin kembali berkasnya, atau minta yang baru.",
    "device-known": "Laptop ini sudah terdaftar di kabupaten. Mulai lagi dari awal dengan undangan baru.",
}
"""What the hub's codes mean, in the words that the officer reads."""
