#include "tui/palette.h"

enum { CUBE = 16, GREYS = 232, N_GREYS = 24 };

static const int basic[CUBE] = {
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

static int cube_level(int step)
{
	return step ? 55 + 40 * step : 0;
}

int palette_rgb(int color)
{
	int grey = 8 + 10 * (color - GREYS);

	if (color < CUBE)
		return basic[color];
	if (color >= GREYS)
		return grey << 16 | grey << 8 | grey;
	color -= CUBE;
	return cube_level(color / 36) << 16 | cube_level(color / 6 % 6) << 8 |
	       cube_level(color % 6);
}

static int square(int n)
{
	return n * n;
}

static int distance(int a, int b)
{
	return square((a >> 16 & 0xff) - (b >> 16 & 0xff)) +
	       square((a >> 8 & 0xff) - (b >> 8 & 0xff)) + square((a & 0xff) - (b & 0xff));
}

static int nearest_between(int rgb, int from, int to)
{
	int best = from;

	for (int i = from + 1; i < to; i++) {
		if (distance(rgb, palette_rgb(i)) < distance(rgb, palette_rgb(best)))
			best = i;
	}
	return best;
}

static int cube_step(int level)
{
	if (level < 48)
		return 0;
	return level < 115 ? 1 : (level - 35) / 40;
}

static int nearest_of_cube(int rgb)
{
	return CUBE + 36 * cube_step(rgb >> 16 & 0xff) + 6 * cube_step(rgb >> 8 & 0xff) +
	       cube_step(rgb & 0xff);
}

static int nearest_grey(int rgb)
{
	int level = ((rgb >> 16 & 0xff) + (rgb >> 8 & 0xff) + (rgb & 0xff)) / 3;
	int step = (level - 3) / 10;

	if (level < 3)
		step = 0;
	return GREYS + (step < N_GREYS ? step : N_GREYS - 1);
}

int palette_nearest(int rgb, int n)
{
	int cube, grey;

	if (n < 256)
		return nearest_between(rgb, 0, n >= CUBE ? CUBE : 8);
	cube = nearest_of_cube(rgb);
	grey = nearest_grey(rgb);
	return distance(rgb, palette_rgb(grey)) < distance(rgb, palette_rgb(cube)) ? grey : cube;
}
