package dev.entente.stories.service;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.EventTypes;

/** The events of a user, the usual example in texts on event sourcing. */
public sealed interface UserEvent {
    /** The stored forms. Payloads are text, so that SQL can read them. */
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

    /** An amount in cents that is added, or subtracted if negative. */
    record BalanceUpdated(long cents) implements UserEvent {}
}
