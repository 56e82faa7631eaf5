package dev.entente.server.store;

/** A row as it was read. */
public sealed interface StoredTransaction permits OpenRow, FinishedRow {
    String gid();
}
