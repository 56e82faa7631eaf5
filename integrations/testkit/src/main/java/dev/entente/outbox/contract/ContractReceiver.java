package dev.entente.outbox.contract;

import dev.entente.outbox.OutgoingMessage;
import java.util.List;
import java.util.Map;

/** A real receiver of the carrier that is checked, which does as it is told. Thread-safe. */
public interface ContractReceiver {
    /** The behaviour of a receiver towards incoming messages. */
    enum Behaviour {
        /** Acknowledges the message. */
        TAKE,
        /** Takes nothing and answers nothing, until it is told otherwise. */
        HANG,
        /** Says that it cannot now. */
        FAIL,
        /** Says that it never will. */
        REFUSE,
        /** Does not listen. */
        BE_AWAY
    }

    /**
     * From now on.
     *
     * @return false if this kind of receiver cannot do so; then nothing changed
     */
    boolean behave(Behaviour behaviour);

    /**
     * A message that it takes.
     *
     * @param payloadBytes about as many; at least 64
     * @param headers to be sent with it
     */
    OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers);

    /** A message that it took. */
    @SuppressWarnings("ArrayRecordComponent") // compared by what is in it
    record Taken(String id, byte[] payload, Map<String, String> metadata) {}

    /** All that it took, in that order. */
    List<Taken> taken();
}
