package dev.entente.eventstore;

import com.google.protobuf.ByteString;

/** The events of the user of every text on event sourcing. */
interface UserEvent {
    /** What is stored; the amount is in cents since version 2. */
    EventTypes<UserEvent> TYPES = EventTypes.of(UserEvent.class)
            .event(
                    Created.class,
                    "user-created",
                    1,
                    event -> ByteString.copyFromUtf8(event.name()),
                    payload -> new Created(payload.toStringUtf8()))
            .event(
                    BalanceUpdated.class,
                    "balance-updated",
                    2,
                    event -> ByteString.copyFromUtf8(Long.toString(event.cents())),
                    payload -> new BalanceUpdated(Long.parseLong(payload.toStringUtf8())))
            .upcast(
                    "balance-updated",
                    1,
                    "balance-updated",
                    2,
                    payload -> ByteString.copyFromUtf8(payload.toStringUtf8() + "00"))
            .upcast("money-came", 1, "balance-updated", 1, payload -> payload)
            .build();

    /** The first event. */
    record Created(String name) implements UserEvent {}

    /** Cents that came, or went. */
    record BalanceUpdated(long cents) implements UserEvent {}
}
