/**
 * The reason why a transaction waits: a pure function of the transaction, the in-memory state of its calls, its owner
 * and the time. Reads no clock and makes no calls. Read {@link dev.entente.server.api.waiting.WaitReason} first.
 */
@NullMarked
package dev.entente.server.api.waiting;

import org.jspecify.annotations.NullMarked;
