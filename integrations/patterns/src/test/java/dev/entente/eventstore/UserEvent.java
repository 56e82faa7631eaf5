package dev.entente.eventstore;

import com.google.protobuf.ByteString;

/** The events of the usual user example of event sourcing. */
interface UserEvent {
    /** The stored event types. The amount is in cents since version 2. */
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

    /** A change of the balance in cents; may be negative. */
    record BalanceUpdated(long cents) implements UserEvent {}
}
