//! Several charts glued by transitions.

use super::defect::{Transition, cocycle_defect};
use super::survey::{Summary, TransitionSurvey};
use crate::error::{ErrorKind, Result};
use crate::map::{C2Map, Map};
use crate::space::Space;

/// Charts with transitions between some of them. A transition's overlap is the set of points in the domain of its
/// source whose images lie in the domain of its target.
///
/// ```
/// use geogate_geometry::{Atlas, charts::StereographicSphere, transition::Inversion};
/// // the unit sphere from both poles; the transition is its own inverse
/// let mut atlas = Atlas::new();
/// let north = atlas.add_chart("north", StereographicSphere::new(2, 1.0));
/// let south = atlas.add_chart("south", StereographicSphere::new(2, 1.0));
/// atlas.add_transition(north, south, Inversion::new(2, 1.0));
/// atlas.add_transition(south, north, Inversion::new(2, 1.0));
/// let survey = atlas.survey(&[vec![0.5, 0.2, -1.0, 0.3], vec![0.7, 0.1]]);
/// for (_, _, defects) in &survey.transitions {
///     assert!(defects.isometry.max < 1e-13 && defects.inverse.is_some_and(|inverse| inverse.max < 1e-13));
/// }
/// ```
#[derive(Default)]
pub struct Atlas {
    charts: Vec<(String, Box<dyn Space + Send + Sync>)>,
    transitions: Vec<(usize, usize, Box<dyn C2Map + Send + Sync>)>,
}

/// Cocycle defects of one triple of charts.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CocycleSurvey {
    /// The charts s, t, u.
    pub charts: [usize; 3],
    /// Per point of the overlap: the length of τ_tu(τ_st(z)) − τ_su(z).
    pub values: Vec<f64>,
    /// Distribution of `values`.
    pub summary: Summary,
}

/// What a set of points in each chart says about an atlas.
#[derive(Clone, Debug)]
pub struct AtlasSurvey {
    /// Per transition: source, target, number of points in the overlap, and the defects there. The transition back,
    /// where the atlas holds it, is the candidate inverse.
    pub transitions: Vec<(usize, usize, TransitionSurvey)>,
    /// Per triple of different charts with all three transitions.
    pub cocycles: Vec<CocycleSurvey>,
}

impl Atlas {
    /// An empty atlas.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chart, and returns its number.
    pub fn add_chart(&mut self, name: &str, chart: impl Space + Send + Sync + 'static) -> usize {
        self.charts.push((name.into(), Box::new(chart)));
        self.charts.len() - 1
    }

    /// Adds the transition τ from one chart to another, replacing an earlier one.
    ///
    /// # Panics
    /// If the charts do not exist or the map does not fit them.
    #[track_caller]
    pub fn add_transition(
        &mut self,
        from: usize,
        to: usize,
        map: impl C2Map + Send + Sync + 'static,
    ) {
        assert_eq!(
            self.charts[from].1.dim(),
            map.source_dim(),
            "coordinates of the source and of the map"
        );
        assert_eq!(
            self.charts[to].1.dim(),
            map.target_dim(),
            "coordinates of the target and components of the map"
        );
        self.transitions.retain(|&(s, t, _)| (s, t) != (from, to));
        self.transitions.push((from, to, Box::new(map)));
    }

    /// Number of charts.
    pub fn chart_count(&self) -> usize {
        self.charts.len()
    }

    /// A chart's name.
    ///
    /// # Panics
    /// If there is no such chart.
    #[track_caller]
    pub fn name(&self, chart: usize) -> &str {
        &self.charts[chart].0
    }

    /// A chart.
    ///
    /// # Panics
    /// If there is no such chart.
    #[track_caller]
    pub fn chart(&self, chart: usize) -> &(dyn Space + Send + Sync) {
        &*self.charts[chart].1
    }

    /// The transition between two charts.
    ///
    /// # Errors
    /// If there is none.
    pub fn transition(&self, from: usize, to: usize) -> Result<Transition<'_>> {
        let held = self
            .transitions
            .iter()
            .find(|&&(s, t, _)| (s, t) == (from, to));
        let Some((_, _, map)) = held else {
            return Err(ErrorKind::Missing {
                what: format!("transition {from} → {to}"),
            }
            .into());
        };
        Ok(self.between(from, to, map.as_ref()))
    }

    fn between<'a>(&'a self, from: usize, to: usize, map: &'a dyn C2Map) -> Transition<'a> {
        let (from, to) = (&self.charts[from].1, &self.charts[to].1);
        Transition::new(from.as_ref(), to.as_ref(), map)
    }

    /// Whether z lies in the overlap of a transition.
    pub fn overlaps(&self, from: usize, to: usize, z: &[f64]) -> bool {
        self.transition(from, to).is_ok_and(|tau| {
            tau.from().domain(z).is_ok()
                && tau.map().domain(z).is_ok()
                && tau.to().domain(&tau.image(z)).is_ok()
        })
    }

    /// The cocycle defect of the charts s, t, u at z in s.
    ///
    /// # Errors
    /// If a transition is missing, or the metric of u is degenerate.
    pub fn cocycle(&self, [s, t, u]: [usize; 3], z: &[f64]) -> Result<f64> {
        cocycle_defect(
            &self.transition(s, t)?,
            &self.transition(t, u)?,
            &self.transition(s, u)?,
            z,
        )
    }

    /// All defects of all transitions and triples, at points given per chart (`points[chart]` is `[point][i]`);
    /// points outside an overlap are left out of it.
    ///
    /// # Panics
    /// If there are fewer point sets than charts.
    #[track_caller]
    pub fn survey(&self, points: &[Vec<f64>]) -> AtlasSurvey {
        let transitions = self
            .transitions
            .iter()
            .map(|(s, t, map)| (*s, *t, self.survey_one(*s, *t, map.as_ref(), &points[*s])));
        let count = self.chart_count();
        let triples = (0..count * count * count)
            .map(|at| [at / (count * count), at / count % count, at % count]);
        let distinct = triples.filter(|[s, t, u]| s != t && t != u && s != u);
        let cocycles = distinct.filter_map(|triple| self.survey_triple(triple, &points[triple[0]]));
        AtlasSurvey {
            transitions: transitions.collect(),
            cocycles: cocycles.collect(),
        }
    }

    fn survey_one(&self, s: usize, t: usize, map: &dyn C2Map, points: &[f64]) -> TransitionSurvey {
        let overlap: Vec<f64> = points
            .chunks_exact(self.charts[s].1.dim())
            .filter(|z| self.overlaps(s, t, z))
            .flatten()
            .copied()
            .collect();
        let back = self.transition(t, s).ok();
        let inverse = back.map(|tau| -> &dyn Map { tau.map() });
        self.between(s, t, map).survey(inverse, &overlap)
    }

    fn survey_triple(&self, charts: [usize; 3], points: &[f64]) -> Option<CocycleSurvey> {
        let [s, t, u] = charts;
        let (st, _, _) = (
            self.transition(s, t).ok()?,
            self.transition(t, u).ok()?,
            self.transition(s, u).ok()?,
        );
        let inside = |z: &&[f64]| {
            self.overlaps(s, t, z) && self.overlaps(s, u, z) && self.overlaps(t, u, &st.image(z))
        };
        let overlap = points.chunks_exact(self.charts[s].1.dim()).filter(inside);
        let values: Vec<f64> = overlap
            .filter_map(|z| self.cocycle(charts, z).ok())
            .collect();
        let summary = Summary::of(&values);
        Some(CocycleSurvey {
            charts,
            values,
            summary,
        })
    }
}
