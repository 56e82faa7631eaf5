package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import java.io.IOException;

/** A user, computed from the user's events. */
record User(String name, long cents) {
    static final User NO_USER = new User("", 0);

    User after(UserEvent event) {
        if (event instanceof UserEvent.Created created) {
            return new User(created.name(), cents);
        }
        return new User(name, cents + ((UserEvent.BalanceUpdated) event).cents());
    }

    ByteString toBytes() {
        return ByteString.copyFromUtf8(name + "/" + cents);
    }

    static User fromBytes(ByteString bytes) throws IOException {
        String[] parts = bytes.toStringUtf8().split("/", -1);
        if (parts.length != 2) {
            throw new IOException("no user: " + bytes.toStringUtf8());
        }
        return new User(parts[0], Long.parseLong(parts[1]));
    }
}
