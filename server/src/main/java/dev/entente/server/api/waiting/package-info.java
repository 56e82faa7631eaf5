/**
 * Why a transaction waits: a pure function of the transaction, of what memory knows of its calls and of its owner, and
 * of the time. It reads no clock and asks nobody. Open {@link dev.entente.server.api.waiting.WaitReason} first.
 */
@NullMarked
package dev.entente.server.api.waiting;

import org.jspecify.annotations.NullMarked;
