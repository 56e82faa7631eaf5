/**
 * The services of a small shop that take part in transactions. It may use the client SDK and PostgreSQL. It must never talk to the coordinator's
 * database.
 */
@NullMarked
package dev.entente.demo;

import org.jspecify.annotations.NullMarked;
