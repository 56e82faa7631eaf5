/**
 * Plans and participants' scripts that seeds draw. It may use the server's plans. It must never draw from anything but
 * the seed.
 *
 * <p>Read {@link dev.entente.simulation.drawing.PlanMaker} first.
 */
@NullMarked
package dev.entente.simulation.drawing;

import org.jspecify.annotations.NullMarked;
