package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.UserEvent.BalanceUpdated;
import dev.entente.eventstore.UserEvent.Created;
import org.junit.jupiter.api.Test;

class EventTypesTest {
    @Test
    void an_event_is_written_with_its_type_and_version() {
        assertThat(UserEvent.TYPES.write(new BalanceUpdated(5)))
                .isEqualTo(new NewEvent("balance-updated", 2, ByteString.copyFromUtf8("5")));
        UserEvent unknown = new UserEvent() {};
        assertThatThrownBy(() -> UserEvent.TYPES.write(unknown)).hasMessageContaining("not declared as an event");
    }

    @Test
    void an_incomplete_declaration_is_refused_with_all_its_defects() {
        EventTypes.Builder<UserEvent> builder = created()
                .upcast("a", 1, "b", 1, payload -> payload)
                .upcast("b", 1, "a", 1, payload -> payload)
                .upcast("old", 1, "gone", 1, payload -> payload)
                .upcast("user-created", 1, "user-created", 2, payload -> payload);
        assertThatThrownBy(builder::build)
                .hasMessageContaining("the upcasters from 'a' version 1 form a cycle")
                .hasMessageContaining("lead to 'gone' version 1, which is not declared")
                .hasMessageContaining("'user-created' version 1 is written, and an upcaster leads from it");
        assertThatThrownBy(() -> EventTypes.of(UserEvent.class).build()).hasMessageContaining("no event is declared");
    }

    @Test
    void duplicate_and_invalid_declarations_are_refused() {
        assertThatThrownBy(() -> created()
                        .event(
                                BalanceUpdated.class,
                                "user-created",
                                1,
                                event -> ByteString.EMPTY,
                                payload -> new BalanceUpdated(0)))
                .hasMessageContaining("declared twice");
        EventTypes.Builder<UserEvent> once = created().upcast("a", 1, "user-created", 1, payload -> payload);
        assertThatThrownBy(() -> once.upcast("a", 1, "user-created", 1, payload -> payload))
                .hasMessageContaining("two upcasters lead from 'a' version 1");
        assertThatThrownBy(() -> once.upcast("a", 0, "user-created", 1, payload -> payload))
                .hasMessageContaining("1 or more");
    }

    private static EventTypes.Builder<UserEvent> created() {
        return EventTypes.of(UserEvent.class)
                .event(
                        Created.class,
                        "user-created",
                        1,
                        event -> ByteString.copyFromUtf8(event.name()),
                        payload -> new Created(payload.toStringUtf8()));
    }
}
