package dev.entente.spring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.entente.client.JsonCodec;
import java.io.UncheckedIOException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The application's own JSON mapper, Jackson 3's before Jackson 2's, for bodies and answers of the client's calls. */
@AutoConfiguration(
        before = EntenteAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
            "org.springframework.boot.jackson2.autoconfigure.Jackson2AutoConfiguration"
        })
public class EntenteJsonAutoConfiguration {
    /** Jackson 3. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JsonMapper.class)
    @ConditionalOnSingleCandidate(JsonMapper.class)
    @ConditionalOnMissingBean(JsonCodec.class)
    static class Jackson3 {
        /** Writes the entries of maps in the order of their keys: a repeated plan has the same bytes. */
        @Bean
        JsonCodec ententeJson(JsonMapper mapper) {
            var writer = mapper.writer().with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
            return new JsonCodec() {
                @Override
                public String write(Object value) {
                    return writer.writeValueAsString(value);
                }

                @Override
                public <T> T read(String json, Class<T> type) {
                    return mapper.readValue(json, type);
                }
            };
        }
    }

    /** Jackson 2. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ObjectMapper.class)
    @ConditionalOnSingleCandidate(ObjectMapper.class)
    @ConditionalOnMissingBean(JsonCodec.class)
    static class Jackson2 {
        /** As that of Jackson 3. */
        @Bean
        JsonCodec ententeJson(ObjectMapper mapper) {
            var writer =
                    mapper.writer().with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
            return new JsonCodec() {
                @Override
                public String write(Object value) {
                    try {
                        return writer.writeValueAsString(value);
                    } catch (JsonProcessingException unwritable) {
                        throw new UncheckedIOException(unwritable);
                    }
                }

                @Override
                public <T> T read(String json, Class<T> type) {
                    try {
                        return mapper.readValue(json, type);
                    } catch (JsonProcessingException unreadable) {
                        throw new UncheckedIOException(unreadable);
                    }
                }
            };
        }
    }
}
