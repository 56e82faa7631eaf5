package dev.entente.client;

import com.google.gson.Gson;

/** A mapper as an application has one. */
final class GsonCodec implements JsonCodec {
    private final Gson gson = new Gson();

    @Override
    public String write(Object value) {
        return gson.toJson(value);
    }

    @Override
    public <T> T read(String json, Class<T> type) {
        return gson.fromJson(json, type);
    }
}
