/**
 * The rows of one incarnation: how it registers, claims rows, and has all writes committed in groups by one connection.
 * It may use the store's contract and what both wings share. It must never use the administrative wing. Open
 * {@link dev.entente.server.store.writer.GroupCommitWriter} first.
 */
@NullMarked
package dev.entente.server.store.writer;

import org.jspecify.annotations.NullMarked;
