package dev.entente.stories.service;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.EventTypes;

/** The events of the user of every text on event sourcing. */
public sealed interface UserEvent {
    /** The stored forms: payloads are text, so that SQL can read them. */
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
                    1,
                    event -> ByteString.copyFromUtf8(Long.toString(event.cents())),
                    payload -> new BalanceUpdated(Long.parseLong(payload.toStringUtf8())))
            .build();

    /** The first event. */
    record Created(String name) implements UserEvent {}

    /** Cents that came, or went. */
    record BalanceUpdated(long cents) implements UserEvent {}
}
