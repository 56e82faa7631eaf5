package dev.entente.server.api;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.TargetGuard;
import dev.entente.server.store.Membership;

/**
 * What the services speak for.
 *
 * @param guard which participants a plan may name
 * @param methods what those take and answer
 */
public record Backend(
        Transactions transactions, Membership membership, PlanCodec codec, TargetGuard guard, Methods methods) {}
