package dev.entente.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.entente.client.JsonCodec;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The application's own JSON mapper for the client; Jackson 3 takes precedence over Jackson 2. Map entries are written
 * in the order of their keys, so that a repeated plan has equal bytes.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
            "org.springframework.boot.jackson2.autoconfigure.Jackson2AutoConfiguration"
        })
public class EntenteJsonAutoConfiguration {
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JsonMapper.class)
    @ConditionalOnSingleCandidate(JsonMapper.class)
    @ConditionalOnMissingBean(JsonCodec.class)
    static class Jackson3 {
        @Bean
        JsonCodec ententeJson(JsonMapper mapper) {
            var writer = mapper.writer().with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
            return new JsonCodec(
                    (value, type) -> writer.forType(mapper.constructType(type)).writeValueAsString(value),
                    (json, type) -> mapper.readValue(json, mapper.constructType(type)));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ObjectMapper.class)
    @ConditionalOnSingleCandidate(ObjectMapper.class)
    @ConditionalOnMissingBean(JsonCodec.class)
    static class Jackson2 {
        @Bean
        JsonCodec ententeJson(ObjectMapper mapper) {
            var writer =
                    mapper.writer().with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
            return new JsonCodec(
                    (value, type) -> writer.forType(mapper.constructType(type)).writeValueAsString(value),
                    (json, type) -> mapper.readValue(json, mapper.constructType(type)));
        }
    }
}
