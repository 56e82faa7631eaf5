package dev.entente.outbox;

import dev.entente.outbox.contract.ContractReceiver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a receiver of the contract's tests is told, and what it took. */
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
