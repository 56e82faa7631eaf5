package dev.entente.outbox;

import dev.entente.outbox.contract.ContractReceiver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The present behaviour of a receiver in the contract's tests, and the messages that it took. */
final class HeldBehaviour {
    private volatile ContractReceiver.Behaviour now = ContractReceiver.Behaviour.TAKE;
    private final List<ContractReceiver.Taken> taken = new CopyOnWriteArrayList<>();

    void set(ContractReceiver.Behaviour next) {
        now = next;
    }

    ContractReceiver.Behaviour now() {
        return now;
    }

    void take(ContractReceiver.Taken message) {
        taken.add(message);
    }

    List<ContractReceiver.Taken> taken() {
        return List.copyOf(taken);
    }
}
