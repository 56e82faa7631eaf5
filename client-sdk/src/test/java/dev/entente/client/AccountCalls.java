package dev.entente.client;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;

/** Calls for the plans of tests. */
final class AccountCalls {
    private AccountCalls() {}

    static Call<FreezeResponse> freeze(Participant account) {
        return account.call(
                AccountServiceGrpc.getTryFreezeMethod(),
                FreezeRequest.newBuilder().setAccount("alice").setCents(100).build());
    }

    static Call<SettleResponse> settle(Participant account) {
        return account.call(AccountServiceGrpc.getConfirmFreezeMethod(), SettleRequest.getDefaultInstance());
    }
}
