package dev.entente.stories.service;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import java.io.IOException;

/** A user, computed from the user's events. */
public record User(String name, long cents) {
    private static final User NONE = new User("", 0);
    private static final int SNAPSHOT_EVERY = 100;

    /** Returns all users of a store, with a snapshot after each hundred events. */
    public static Aggregates<User, UserEvent> in(EventStore store) {
        return Aggregates.in(store, "user", UserEvent.TYPES, NONE, 1, User::after)
                .withSnapshots(SNAPSHOT_EVERY, User::toBytes, User::fromBytes);
    }

    private User after(UserEvent event) {
        return switch (event) {
            case UserEvent.Created created -> new User(created.name(), cents);
            case UserEvent.BalanceUpdated updated -> new User(name, cents + updated.cents());
        };
    }

    private ByteString toBytes() {
        return ByteString.copyFromUtf8(name + "/" + cents);
    }

    private static User fromBytes(ByteString bytes) throws IOException {
        String[] parts = bytes.toStringUtf8().split("/", -1);
        if (parts.length != 2) {
            throw new IOException("not a valid user: " + bytes.toStringUtf8());
        }
        return new User(parts[0], Long.parseLong(parts[1]));
    }
}
