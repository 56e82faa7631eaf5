/**
 * The rows of one incarnation: registration, claims, and all writes, which one connection commits in groups. It may use
 * the store's contract and the code that both sub-packages share. It must never use the administrative sub-package.
 * Read {@link dev.entente.server.store.writer.GroupCommitWriter} first.
 */
@NullMarked
package dev.entente.server.store.writer;

import org.jspecify.annotations.NullMarked;
