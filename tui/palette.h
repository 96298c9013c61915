/*
 * Colours brought down to what a terminal has. The palette is xterm's: 8 colours, the same bright,
 * a cube of 6x6x6, 24 shades of grey.
 */
#ifndef JCI_TUI_PALETTE_H
#define JCI_TUI_PALETTE_H

/* The 0xrrggbb that a colour of the palette (0 to 255) usually is. */
int palette_rgb(int color);
/*
 * The one of the first `n` colours of the palette (256, 16, 8; at least 8) nearest to 0xrrggbb; of
 * 256, none of the first 16, which users redefine.
 */
int palette_nearest(int rgb, int n);

#endif
