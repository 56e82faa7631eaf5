package dev.entente.spring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes and reads values as the application's own JSON mapper does; what it cannot is an exception at run time.
 * Thread-safe.
 */
interface Json {
    byte[] write(Object value, Type type);

    @Nullable
    Object read(byte[] json, Type type);

    /** Returns Jackson 3's mapper, else Jackson 2's; null where the application has neither. */
    static @Nullable Json of(BeanFactory beans) {
        JsonMapper three = has("tools.jackson.databind.json.JsonMapper")
                ? beans.getBeanProvider(JsonMapper.class).getIfAvailable()
                : null;
        if (three != null) {
            return new Jackson3(three);
        }
        ObjectMapper two = has("com.fasterxml.jackson.databind.ObjectMapper")
                ? beans.getBeanProvider(ObjectMapper.class).getIfAvailable()
                : null;
        return two == null ? null : new Jackson2(two);
    }

    private static boolean has(String type) {
        return ClassUtils.isPresent(type, Json.class.getClassLoader());
    }

    /** Boot 4's own. */
    record Jackson3(JsonMapper mapper) implements Json {
        @Override
        public byte[] write(Object value, Type type) {
            return mapper.writerFor(mapper.constructType(type)).writeValueAsBytes(value);
        }

        @Override
        public @Nullable Object read(byte[] json, Type type) {
            return mapper.readValue(json, mapper.constructType(type));
        }
    }

    /** For applications that have stayed with it. */
    record Jackson2(ObjectMapper mapper) implements Json {
        @Override
        public byte[] write(Object value, Type type) {
            try {
                return mapper.writerFor(mapper.constructType(type)).writeValueAsBytes(value);
            } catch (JsonProcessingException unwritable) {
                throw new IllegalArgumentException(unwritable);
            }
        }

        @Override
        public @Nullable Object read(byte[] json, Type type) {
            try {
                return mapper.readValue(json, mapper.constructType(type));
            } catch (IOException unreadable) {
                throw new IllegalArgumentException(unreadable);
            }
        }
    }
}
