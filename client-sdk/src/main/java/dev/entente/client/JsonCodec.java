package dev.entente.client;

/**
 * Writes objects as JSON and reads them: the mapper of an application, given by {@link Entente.Builder#json}. The
 * Spring starter gives Jackson's. Thread-safe; what it throws reaches the caller.
 *
 * <pre>{@code
 * ObjectMapper mapper = …;
 * new JsonCodec() {
 *   public String write(Object value) { return mapper.writeValueAsString(value); }
 *   public <T> T read(String json, Class<T> type) { return mapper.readValue(json, type); }
 * }
 * }</pre>
 */
public interface JsonCodec {
    /**
     * Writes an object. Equal ones are written alike, also by another process: a repeated plan must have the same
     * bytes.
     */
    String write(Object value);

    /**
     * Reads an object.
     *
     * @param type a class of the application's, or {@link java.util.Map}
     */
    <T> T read(String json, Class<T> type);
}
