package dev.entente.stories.judge;

import dev.entente.demo.ShopService;

/**
 * A row of a participant's ledger: an operation that the participant really performed, once.
 *
 * @param op as in the metadata of the call: action, compensate, try, confirm, cancel
 */
public record ParticipantEffect(ShopService service, String gid, String branch, String op, String method) {}
